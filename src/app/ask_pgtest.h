#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/json.hpp>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/text.h"
#include "http/client_test.h"
#include "http/message.h"

// A small HTTP client for the tests of the whole server: a connection a request, nothing hidden.
namespace drydock::app {

namespace json = boost::json;

struct Ask {
    http::Method method = http::Method::get;
    std::string target{};
    std::string token{};  // sent as bearer where it is not empty
    std::optional<json::value> body{};
    std::vector<std::pair<std::string, std::string>> headers{};
    std::string host = "localhost";
    std::string raw_body{};  // instead of `body`: sent as it is
};

struct Answer {
    unsigned status = 0;
    std::vector<std::pair<std::string, std::string>> headers{};
    std::string body{};

    std::string_view header(std::string_view name) const {
        for (const auto& [key, value] : headers)
            if (iequals(key, name)) return value;
        return {};
    }
    std::vector<std::string> all(std::string_view name) const {
        std::vector<std::string> out;
        for (const auto& [key, value] : headers)
            if (iequals(key, name)) out.push_back(value);
        return out;
    }
    json::value document() const {
        json::error_code error;
        auto value = json::parse(body, error);
        if (error) ADD_FAILURE() << "no JSON: " << body;
        return value;
    }
    // A field of the answer's object; null where it is not there.
    json::value at(std::string_view field) const {
        const auto value = document();
        const auto* const found = value.is_object() ? value.as_object().if_contains(field) : nullptr;
        return found != nullptr ? *found : json::value{};
    }
    std::string text(std::string_view field) const {
        const auto value = at(field);
        return value.is_string() ? std::string{value.as_string()} : std::string{};
    }
    // Everything that a client sees, but for what tells one request from another.
    std::string seen() const {
        std::string out = fmt::format("{}\n", status);
        for (const auto& [key, value] : headers)
            if (!iequals(key, "Date") && !iequals(key, "X-Request-Id")) out += fmt::format("{}: {}\n", key, value);
        auto text = body;
        if (const auto id = std::string{header("X-Request-Id")}; !id.empty())
            for (auto at = text.find(id); at != std::string::npos; at = text.find(id)) text.replace(at, id.size(), "-");
        return out + "\n" + text;
    }
};

inline std::string wire(const Ask& ask) {
    auto text =
        fmt::format("{} {} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n", name(ask.method), ask.target, ask.host);
    if (!ask.token.empty()) text += fmt::format("Authorization: Bearer {}\r\n", ask.token);
    for (const auto& [key, value] : ask.headers) text += fmt::format("{}: {}\r\n", key, value);
    const auto body = ask.body ? json::serialize(*ask.body) : ask.raw_body;
    if (!body.empty()) text += fmt::format("Content-Type: application/json\r\nContent-Length: {}\r\n", body.size());
    return text + "\r\n" + body;
}

inline Answer parse_head(std::string_view head) {
    Answer answer;
    if (head.size() < 12) return answer;
    answer.status = static_cast<unsigned>(std::stoul(std::string{head.substr(9, 3)}));
    for (auto line = head.find("\r\n"); line != std::string_view::npos;) {
        const auto begin = line + 2;
        line = head.find("\r\n", begin);
        if (line == std::string_view::npos) break;
        const auto field = head.substr(begin, line - begin);
        const auto colon = field.find(": ");
        if (colon == std::string_view::npos) continue;
        answer.headers.emplace_back(field.substr(0, colon), field.substr(colon + 2));
    }
    return answer;
}

inline std::string unchunked(std::string_view text) {
    std::string out;
    while (!text.empty()) {
        const auto line = text.find("\r\n");
        if (line == std::string_view::npos) break;
        const auto size = std::stoul(std::string{text.substr(0, line)}, nullptr, 16);
        if (size == 0) break;
        out += text.substr(line + 2, size);
        text.remove_prefix(std::min(text.size(), line + 2 + size + 2));
    }
    return out;
}

inline Answer ask_on(http::RawClient client, const Ask& ask) {
    client.send(wire(ask));
    auto head = client.read_to("\r\n\r\n");
    while (head.starts_with("HTTP/1.1 100")) head = client.read_to("\r\n\r\n");
    auto answer = parse_head(head);
    // A stream of events has no end: who wants to read one has a RawClient.
    if (answer.header("Content-Type").starts_with("text/event-stream")) return answer;
    answer.body = client.read_to_end();
    if (iequals(answer.header("Transfer-Encoding"), "chunked")) answer.body = unchunked(answer.body);
    return answer;
}

inline Answer ask_port(std::uint16_t port, const Ask& ask) {
    return ask_on(http::RawClient{port}, ask);
}

}  // namespace drydock::app
