"""JSON Schema of the knowledge files, for editors that complete keys and mark faults."""
