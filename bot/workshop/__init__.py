"""What the people who keep the knowledge work with: unanswered questions, drafts, versions, effects."""
