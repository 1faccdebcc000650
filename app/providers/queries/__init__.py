"""Every statement on providers, assistants, usage and budgets. Private rows are asked for on their owner's behalf."""
