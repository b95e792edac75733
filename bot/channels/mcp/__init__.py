"""Tools by the Model Context Protocol, with which other assistants quote the policy."""
