"""How fast, how small: each figure is measured in a process of its own, side by side with what it is compared to."""
