"""MoE routing: how a router chooses experts, how their load is balanced, and what they cost."""
