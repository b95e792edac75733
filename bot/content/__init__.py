"""From the YAML that admins write to the knowledge that the core works on."""
