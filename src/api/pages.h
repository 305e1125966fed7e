#pragma once

#include <string>
#include <vector>

#include "api/json.h"
#include "http/cursor.h"
#include "http/route.h"

namespace drydock::api {

// What a list's cursor must not be used for another of: the call with its filters, and whose it is.
std::string page_scope(const http::Call& call);

// The position of the page that is asked for; an empty array at the beginning. An Error for a cursor of another list.
Result<json::array> position(const http::Cursors& cursors, const http::Call& call);

// One page out of up to `call.limit() + 1` rows: the last one only tells that there is more.
template <class Row, class ToJson, class ToPosition>
http::Reply page(
    const http::Cursors& cursors,
    const http::Call& call,
    const std::vector<Row>& rows,
    ToJson to_json,
    ToPosition to_position
) {
    const auto limit = call.limit();
    json::array items;
    for (std::size_t i = 0; i < rows.size() && i < limit; ++i) items.push_back(to_json(rows[i]));
    std::string next;
    if (rows.size() > limit) next = cursors.make(to_position(rows[limit - 1]), page_scope(call));
    return http::Reply::page(std::move(items), std::move(next));
}

}  // namespace drydock::api
