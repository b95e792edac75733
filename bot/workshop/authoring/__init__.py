"""Write new knowledge: cut a paper into clauses, describe a support, record a conversation."""
