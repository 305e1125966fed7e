#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "migrate/runner.h"
#include "pg/connection.h"

namespace drydock::migrate {

// Hears of each statement's end: progress, figures, and the data of COPY. The server gathers its answers to a message
// in a buffer of 8 KiB and sends them when it is full or the message done, so many come at once, and the time between
// two says nothing of a statement.
class Listener final : public pg::MessageHandler {
public:
    static constexpr std::size_t kPiece = 64 * 1024;  // of COPY data

    Listener(const Work& work, const Message& message, Outcome& outcome, Progress& progress)
        : work_(work), message_(message), outcome_(outcome), progress_(progress) {}

    void on_statement(std::size_t index, const pg::Rows& result) override {
        copied_ = 0;
        const auto statement = message_.script_statement(index);
        if (!statement) return;
        const auto& statements = work_.source.script().statements();
        const auto& done = statements[*statement];
        const auto tag = result.command_tag();
        for (const std::string_view change : {"INSERT", "UPDATE", "DELETE", "MERGE", "COPY"}) {
            if (tag.starts_with(change)) outcome_.rows += result.affected();
        }
        progress_.report({
            .kind = ProgressEvent::Kind::step,
            .subject = work_.record.id,
            .text = done.command,
            .done = static_cast<std::int64_t>(*statement + 1),
            .total = static_cast<std::int64_t>(statements.size()),
        });
    }

    std::string_view next_copy_data(std::size_t index) override {
        const auto piece = message_.copy_data(index).substr(copied_, kPiece);
        copied_ += piece.size();
        return piece;
    }

private:
    const Work& work_;
    const Message& message_;
    Outcome& outcome_;
    Progress& progress_;
    std::size_t copied_ = 0;
};

// Tells what the server says beside its results, as long as this lives.
class NoticeReceiver {
public:
    NoticeReceiver(pg::Connection& connection, std::string subject, const Source& source, Progress& progress)
        : connection_(connection) {
        connection.on_notice([subject = std::move(subject), &source, &progress](const pg::Notice& notice) {
            // Of transactions that are open or not: those are ours, and no news to who wrote the file.
            if (notice.sqlstate == "25P01" || notice.sqlstate == "25001") return;
            progress.report({
                .kind = notice.severity == "WARNING" ? ProgressEvent::Kind::warning : ProgressEvent::Kind::notice,
                .subject = subject,
                .text = source.mask(notice.message),
            });
        });
    }
    ~NoticeReceiver() { connection_.on_notice({}); }
    NoticeReceiver(const NoticeReceiver&) = delete;
    NoticeReceiver& operator=(const NoticeReceiver&) = delete;

private:
    pg::Connection& connection_;
};

// Gives a SQL hook the data of its COPYs.
class HookListener final : public pg::MessageHandler {
public:
    explicit HookListener(const Message& message) : message_(message) {}

    void on_statement(std::size_t, const pg::Rows&) override { copied_ = 0; }
    std::string_view next_copy_data(std::size_t index) override {
        const auto piece = message_.copy_data(index).substr(copied_, Listener::kPiece);
        copied_ += piece.size();
        return piece;
    }

private:
    const Message& message_;
    std::size_t copied_ = 0;
};

// Looks for a value that is not true in what a verify file returns.
class VerifyListener final : public pg::MessageHandler {
public:
    void on_statement(std::size_t index, const pg::Rows& result) override {
        if (untrue_) return;
        for (int row = 0; row < result.size(); ++row) {
            for (int column = 0; column < result.columns(); ++column) {
                const auto value = result.text(row, column);
                if (value == "t" || value == "true") continue;
                const auto shown = value == "f" ? "false" : result.is_null(row, column) ? "null" : value.substr(0, 80);
                fail(index, fmt::format("{} is {}, not true", result.column_name(column), shown));
                return;
            }
        }
        if (result.affected() > result.size() && result.columns() > 0) {
            fail(
                index,
                fmt::format(
                    "{} rows came back, and only the first {} can be looked at: use bool_and()",
                    result.affected(),
                    result.size()
                )
            );
        }
    }
    std::string_view next_copy_data(std::size_t) override { return {}; }

    const std::optional<std::size_t>& untrue() const { return untrue_; }
    const std::string& reason() const { return reason_; }

private:
    void fail(std::size_t index, std::string reason) {
        untrue_ = index;
        reason_ = std::move(reason);
    }
    std::optional<std::size_t> untrue_;
    std::string reason_;
};

}  // namespace drydock::migrate
