"""What the machine offers: files that a stranger may have put there, processors, memory."""
