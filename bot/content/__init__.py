"""Read, check, index and reload the YAML files that admins write."""
