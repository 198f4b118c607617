"""The notifier: one message for each change that matters to a customer, none twice, and by when the law wants it."""
