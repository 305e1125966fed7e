#include "http/wire.h"

#include <ctime>
#include <iterator>

#include <fmt/format.h>

#include "base/text.h"
#include "http/problem.h"

namespace drydock::http {
namespace {

// "Sun, 06 Nov 1994 08:49:37 GMT": made once a second and thread.
std::string_view date_now() {
    thread_local std::time_t made_for = -1;
    thread_local std::string text;
    const auto now = std::time(nullptr);
    if (now != made_for) {
        constexpr const char* kDays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
        constexpr const char* kMonths[] = {
            "Jan",
            "Feb",
            "Mar",
            "Apr",
            "May",
            "Jun",
            "Jul",
            "Aug",
            "Sep",
            "Oct",
            "Nov",
            "Dec",
        };
        std::tm parts{};
        ::gmtime_r(&now, &parts);
        text = fmt::format(
            "{}, {:02} {} {} {:02}:{:02}:{:02} GMT",
            kDays[parts.tm_wday],
            parts.tm_mday,
            kMonths[parts.tm_mon],
            parts.tm_year + 1900,
            parts.tm_hour,
            parts.tm_min,
            parts.tm_sec
        );
        made_for = now;
    }
    return text;
}

void append_clean(std::string& out, std::string_view text) {
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        out += byte < 0x20 || byte == 0x7F ? ' ' : c;
    }
}

}  // namespace

void write_head(
    std::string& out, const Response& response, Framing framing, std::size_t length, bool keep_alive, bool http_1_0
) {
    fmt::format_to(
        std::back_inserter(out), "HTTP/1.1 {} {}\r\nDate: {}\r\n", response.status, reason(response.status), date_now()
    );
    for (const auto& [name, value] : response.headers) {
        // How the body is framed and when the connection ends is said here alone.
        if (iequals(name, "Content-Length") || iequals(name, "Transfer-Encoding") || iequals(name, "Connection"))
            continue;
        append_clean(out, name);
        out += ": ";
        append_clean(out, value);
        out += "\r\n";
    }
    if (framing == Framing::length) fmt::format_to(std::back_inserter(out), "Content-Length: {}\r\n", length);
    if (framing == Framing::chunked) out += "Transfer-Encoding: chunked\r\n";
    if (!keep_alive)
        out += "Connection: close\r\n";
    else if (http_1_0)
        out += "Connection: keep-alive\r\n";
    out += "\r\n";
}

void write_chunk_head(std::string& out, std::size_t length) {
    fmt::format_to(std::back_inserter(out), "{:x}\r\n", length);
}

}  // namespace drydock::http
