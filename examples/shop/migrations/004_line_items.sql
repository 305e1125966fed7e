-- Migration: What is in an order
-- Dependencies: 001_shop.sql
-- Purpose: The foreign key takes a lock on shop.orders that writes wait for: lint says so.

CREATE TABLE shop.line_items (
    order_id bigint NOT NULL REFERENCES shop.orders ON DELETE CASCADE,
    position smallint NOT NULL,
    article text NOT NULL,
    quantity integer NOT NULL CHECK (quantity > 0),
    price numeric(10, 2) NOT NULL,
    PRIMARY KEY (order_id, position)
);
