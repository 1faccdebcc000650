"""Every statement about a person's own account: this slice reads what the others keep."""
