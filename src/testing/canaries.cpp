#include "testing/canaries.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstring>
#include <fstream>
#include <iterator>
#include <optional>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/random.h"

namespace drydock::testing {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kShortest = 12;
constexpr std::size_t kBegin = 4;
constexpr std::size_t kAround = 200;

std::string hex(std::string_view text, bool upper) {
    std::string out;
    for (const char c : text)
        fmt::format_to(
            std::back_inserter(out), fmt::runtime(upper ? "{:02X}" : "{:02x}"), static_cast<unsigned char>(c)
        );
    return out;
}

std::string json_escaped(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (c == '"' || c == '\\') out += '\\';
        out += c;
    }
    return out;
}

// What is sure to stand in the base64 of something that holds the text after `before` other bytes.
std::string base64_within(std::string_view text, std::size_t before, std::string_view last_two) {
    const std::string alphabet =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789" + std::string{last_two};
    const auto whole = std::string(before, 'x') + std::string{text};
    std::string out;
    for (std::size_t i = 0; i + 3 <= whole.size(); i += 3) {
        std::uint32_t bits = 0;
        for (std::size_t j = 0; j < 3; ++j) bits = bits << 8U | static_cast<unsigned char>(whole[i + j]);
        for (const unsigned shift : {18U, 12U, 6U, 0U}) out += alphabet[bits >> shift & 63U];
    }
    return before == 0 ? out : out.substr(4);
}

std::uint32_t begin_of(const char* text) {
    std::uint32_t begin = 0;
    std::memcpy(&begin, text, kBegin);
    return begin;
}

std::size_t slot(std::uint32_t begin) {
    return begin * 2654435761U >> 12U;
}

std::vector<pid_t> with_descendants(pid_t process) {
    std::vector<pid_t> all{process};
    for (std::size_t i = 0; i < all.size(); ++i) {
        std::error_code gone;
        for (const auto& thread : fs::directory_iterator{fmt::format("/proc/{}/task", all[i]), gone}) {
            std::ifstream children{thread.path() / "children"};
            all.insert(all.end(), std::istream_iterator<pid_t>{children}, {});
        }
    }
    return all;
}

}  // namespace

std::string url_encoded(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (std::isalnum(static_cast<unsigned char>(c)) != 0)
            out += c;
        else
            fmt::format_to(std::back_inserter(out), "%{:02X}", static_cast<unsigned char>(c));
    }
    return out;
}

std::string bytes_of(const fs::path& file) {
    std::ifstream in{file, std::ios::binary};
    return {std::istreambuf_iterator<char>{in}, {}};
}

std::string Canaries::make(std::string where) {
    auto core = "cnry" + random_hex(14);
    auto text = "\"\\'%+/& \u00e9" + core;
    know(where, text);
    know(std::move(where), core);
    return text;
}

std::string Canaries::make_word(std::string where) {
    auto text = "cnry" + random_hex(14);
    know(std::move(where), text);
    return text;
}

void Canaries::know(std::string where, std::string_view text) {
    if (text.size() < kShortest) return;
    const auto canary = where_.size();
    where_.push_back(std::move(where));
    add(std::string{text}, canary);
    add(url_encoded(text), canary);
    add(json_escaped(text), canary);
    add(hex(text, false), canary);
    add(hex(text, true), canary);
    for (std::size_t before = 0; before < 3; ++before)
        for (const auto* const last_two : {"+/", "-_"}) add(base64_within(text, before, last_two), canary);
}

void Canaries::add(std::string text, std::size_t canary) {
    const auto begin = begin_of(text.data());
    may_begin_[slot(begin)] = true;
    begins_[begin].push_back(spellings_.size());
    spellings_.push_back({std::move(text), canary});
}

void Canaries::expect_none_in(const std::string& place, std::string_view text) const {
    std::vector<bool> told(where_.size());
    for (std::size_t i = 0; i + kBegin <= text.size(); ++i) {
        const auto begin = begin_of(text.data() + i);
        if (!may_begin_[slot(begin)]) continue;
        const auto found = begins_.find(begin);
        if (found == begins_.end()) continue;
        for (const auto index : found->second) {
            const auto& spelling = spellings_[index];
            if (told[spelling.canary] || !text.substr(i).starts_with(spelling.text)) continue;
            told[spelling.canary] = true;
            const auto first = i < kAround ? 0 : i - kAround;
            std::string around{text.substr(first, 2 * kAround + spelling.text.size())};
            std::ranges::replace_if(
                around, [](char c) { return static_cast<unsigned char>(c) < ' ' && c != '\n'; }, '.'
            );
            ADD_FAILURE() << where_[spelling.canary] << " stands in " << place << ":\n" << around;
        }
    }
}

void Canaries::expect_none_in_folder(const std::string& place, const fs::path& folder) const {
    for (const auto& entry : fs::recursive_directory_iterator{folder})
        if (entry.is_regular_file()) expect_none_in(place + ", " + entry.path().string(), bytes_of(entry.path()));
}

void Canaries::expect_none_in_process(pid_t process) const {
    for (const auto pid : with_descendants(process))
        for (const auto* const file : {"cmdline", "environ"}) {
            const auto path = fmt::format("/proc/{}/{}", pid, file);
            expect_none_in(path, bytes_of(path));
        }
}

}  // namespace drydock::testing
