-- Assert: an order costs what its line items cost
-- Severity: critical

SELECT o.id, o.total, sum(i.quantity * i.price) AS line_items
FROM shop.orders AS o
JOIN shop.line_items AS i ON i.order_id = o.id
GROUP BY o.id, o.total
HAVING o.total <> sum(i.quantity * i.price);
