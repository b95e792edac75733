"""What a change of the knowledge does: questions, profiles and facts that differ (`bot diff`)."""
