"""How Django writes dates, where it differs from how everything else of ours does (BR-83)."""
