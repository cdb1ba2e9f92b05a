"""An issued document as programs read it (EN 16931), and whether it may be sent so."""
