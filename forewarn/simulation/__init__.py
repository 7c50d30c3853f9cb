"""A simulated desk: what an order of the queue, staffing or a promise would do."""
