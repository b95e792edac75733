"""柳创通: from a founder's words to the right support, clause and bureau."""

__version__ = "0.1.0"
