-- Migration: Customers and orders
-- Purpose: The two tables that everything else hangs on.
-- Rollback: rollback-001_shop.sql

CREATE SCHEMA shop;

CREATE TABLE shop.customers (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    email text NOT NULL UNIQUE,
    name text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE shop.orders (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    customer_id bigint NOT NULL REFERENCES shop.customers,
    total numeric(10, 2) NOT NULL CHECK (total >= 0),
    note varchar(200),
    placed_at timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX orders_customer_id ON shop.orders (customer_id);
