#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json.hpp>

#include "http/cursor.h"
#include "http/reader.h"
#include "http/route.h"
#include "http/schema.h"

namespace {

using namespace drydock::http;

// All requests of a connection, when its bytes come in pieces of this size.
std::vector<std::string> read_all(std::string_view bytes, std::size_t piece) {
    std::vector<std::string> out;
    RequestReader reader{{.header_bytes = 512, .target_bytes = 128}};
    std::string buffer;
    while (true) {
        const auto used = reader.put(buffer);
        if (used > buffer.size()) std::abort();
        buffer.erase(0, used);
        if (reader.state() == RequestReader::State::head_read) reader.body(64);
        if (reader.state() == RequestReader::State::failed) return out;
        if (reader.state() == RequestReader::State::complete) {
            if (reader.request().body.size() > 64) std::abort();
            out.push_back(
                std::string{name(reader.request().method)} + ' ' + reader.request().target + '\n' +
                reader.request().body
            );
            reader.next();
            continue;
        }
        if (used > 0 && !buffer.empty()) continue;
        if (bytes.empty()) return out;
        buffer += bytes.substr(0, piece);
        bytes.remove_prefix(std::min(piece, bytes.size()));
    }
}

// Where a request ends does not depend on how its bytes came. (When a broken one is refused does: sooner, where more
// of it is at hand.)
void check_reader(std::string_view bytes) {
    const auto whole = read_all(bytes, bytes.size() + 1);
    const auto single = read_all(bytes, 1);
    if (whole != single) std::abort();
}

void check_query(std::string_view text) {
    const auto parameters = parse_query(text);
    if (!parameters) return;
    for (const auto& [key, value] : *parameters)
        if (value.find('\0') != std::string::npos || key.find('\0') != std::string::npos) std::abort();
}

// A body that was taken is one that its own writing is taken for again, and that an answer could have.
void check_body(std::string_view text) {
    using enum FieldClass;
    static const Schema schema = object(
        "Thing",
        "",
        {
            {"a", drydock::http::text(plain).length(0, 5).matches(kSlug)},
            {"b", integer().range(-5, 5).fallback(1)},
            {"c", list(drydock::http::text(plain).date_time()).unique()},
            {"d", map(any(bulk))},
            {"e", drydock::http::text(personal).email().nullable()},
            {"f", drydock::http::text(plain).uri()},
            {"g", number()},
        }
    );
    std::vector<Violation> wrong;
    const auto value = read_body(schema, text, wrong);
    if (value.has_value() != wrong.empty()) std::abort();
    if (!value) return;
    if (!violations(schema, *value, Direction::answer).empty()) std::abort();
    if (!read_body(schema, boost::json::serialize(*value), wrong)) std::abort();
}

void check_cursor(std::string_view text) {
    static const Cursors cursors{"key"};
    if (cursors.read(text, "scope")) std::abort();  // nobody guesses a signature
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text{reinterpret_cast<const char*>(data), size};
    check_reader(text);
    check_query(text);
    check_body(text);
    check_cursor(text);
    return 0;
}
