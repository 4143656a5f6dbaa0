#include "app/file_retention.hpp"

#include "link/payment_files.hpp"
#include "link/spool_name.hpp"

#include <algorithm>
#include <charconv>

namespace keepline::app {

namespace {

std::string note_of(std::string_view data_class) { return "files_gone." + std::string(data_class); }

/// The longest of all policies; nothing: none says.
std::optional<int> days_kept(const domain::rule_book& rules, std::string_view data_class) {
    std::optional<int> out;
    for (const auto& [id, policy] : rules.policies.all())
        if (const auto days = policy.retention_days.find(std::string(data_class)); days != policy.retention_days.end())
            out = std::max(out.value_or(0), days->second);
    return out;
}

}  // namespace

std::optional<desk::files_gone> file_retention::gone(port::notebook& notes, std::string_view data_class) {
    const auto note = notes.read(note_of(data_class));
    if (!note || !*note) return std::nullopt;
    const std::string_view text = **note;  // "<how many> <when last>"
    desk::files_gone out;
    const auto space = text.find(' ');
    if (space == std::string_view::npos) return std::nullopt;
    std::from_chars(text.data(), text.data() + space, out.files);
    out.last_at = base::instant_from_iso(std::string(text.substr(space + 1))).value_or(base::instant{});
    return out;
}

void file_retention::look() {
    const auto now = std::chrono::steady_clock::now();
    if (with_.clock->doubtful() || (looked_ && now < *looked_ + std::chrono::hours{1})) return;
    looked_ = now;
    if (!with_.messages.empty())
        drop("messages",
             [&](base::instant before) { return link::drop_outlived(with_.messages, before, with_.at_once); });
    if (!with_.payments.empty())
        drop("billing", [&](base::instant before) {
            return link::drop_outlived_payments(with_.payments, before, with_.is_open, with_.at_once);
        });
}

void file_retention::drop(std::string_view data_class,
                          const std::function<base::result<int>(base::instant)>& outlived) {
    const auto days = days_kept(*with_.rules(), data_class);
    if (!days) return;
    const auto now = with_.clock->now();
    const auto done = outlived(now - base::days{*days});
    if (!done)
        return with_.log->warning("files_kept_too_long", "",
                                  {{"class", std::string(data_class)}, {"reason", done.error().words}});
    if (*done == 0) return;
    const auto before = gone(*with_.notes, data_class).value_or(desk::files_gone{});
    const auto noted =
        with_.notes->write({{note_of(data_class), std::to_string(before.files + *done) + " " + base::iso(now)}});
    if (!noted) with_.log->warning("files_gone_unnoted", "", {{"reason", noted.error().words}});
    with_.log->info("files_outlived", "", {{"class", std::string(data_class)}, {"files", std::to_string(*done)}});
}

}  // namespace keepline::app
