"""What admins work with: unanswered questions, drafts, versions, effects of a change."""
