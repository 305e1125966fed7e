-- Migration: Find orders by state and day
-- Dependencies: 002_order_state.sql
-- Purpose: Built while the shop is open, so it can't run in a transaction; nothing has to be said about that.

CREATE INDEX CONCURRENTLY orders_state_placed_at ON shop.orders (state, placed_at);
