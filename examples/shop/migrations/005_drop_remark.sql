-- Migration: Nobody reads the remark
-- Dependencies: 002_order_state.sql
-- Purpose: The column can be made again; what stood in it can't. A rollback says so before it runs.

ALTER TABLE shop.orders DROP COLUMN remark;
