#include "link/maildir_transport.hpp"

#include "domain/message_words.hpp"
#include "link/durable_file.hpp"
#include "link/spool_name.hpp"

#include <algorithm>
#include <filesystem>

namespace keepline::link {

namespace {

/// A reader moves new/NAME to cur/NAME:2,FLAGS.
bool was_read(const std::string& folder, const std::string& name) {
    std::error_code failure;
    std::filesystem::directory_iterator all(folder + "/cur", failure);
    if (failure) return false;
    return std::any_of(begin(all), end(all),
                       [&](const auto& entry) { return entry.path().filename().string().starts_with(name + ":"); });
}

class maildir_transport final : public mail_transport {
 public:
    explicit maildir_transport(maildir_settings how) : how_(std::move(how)) {}

    result<handed_over> send(const mail_message& what) override {
        const auto name = spool_name(what.key, what.subscriber, "keepline");
        handed_over done{"maildir:" + name, false};
        if (file_exists(how_.folder + "/new/" + name) || file_exists(how_.folder + "/cur/" + name)) return done;
        if (was_read(how_.folder, name)) return done;
        if (auto written =
                write_durably(how_.folder + "/tmp", how_.folder + "/new", name, mail_bytes(how_.sender, what));
            !written)
            return base::refuse(base::code::peer_unreachable,
                                "The Maildir cannot be written: " + written.error().words);
        return done;
    }

 private:
    maildir_settings how_;
};

}  // namespace

result<std::unique_ptr<mail_transport>> make_maildir_transport(maildir_settings how) {
    if (!domain::is_mailbox(how.sender.address))
        return base::refuse(base::code::config_invalid, "The sender's address is not a mailbox.");
    for (const auto* part : {"/tmp", "/new", "/cur"})
        if (auto made = make_folder(how.folder + part); !made)
            return base::refuse(base::code::config_invalid, made.error().words);
    return std::make_unique<maildir_transport>(std::move(how));
}

}  // namespace keepline::link
