#pragma once

#include <string>
#include <string_view>

#include <boost/json/fwd.hpp>

#include "base/result.h"

namespace drydock::http {

// Where a list goes on: opaque to clients, signed, and good for one list only. The position is what the next page's
// query needs: the last row's sort values and its id.
class Cursors {
public:
    explicit Cursors(std::string key);  // all replicas use the same

    // `scope` is what must not change between pages: operation, organisation, filters, sort.
    std::string make(const boost::json::array& position, std::string_view scope) const;
    // An Error (invalid_argument) for what we did not make, or made for another list.
    Result<boost::json::array> read(std::string_view cursor, std::string_view scope) const;

private:
    std::string key_;
};

}  // namespace drydock::http
