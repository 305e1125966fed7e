-- Migration: Orders have a state
-- Dependencies: 001_shop.sql
-- Purpose: No rollback file: drydock works the way back out, and proves it.

CREATE TYPE shop.order_state AS ENUM ('placed', 'paid', 'sent', 'cancelled');

ALTER TABLE shop.orders ADD COLUMN state shop.order_state NOT NULL DEFAULT 'placed';
ALTER TABLE shop.orders RENAME COLUMN note TO remark;

CREATE VIEW shop.open_orders AS
SELECT id, customer_id, total, placed_at
FROM shop.orders
WHERE state IN ('placed', 'paid');
