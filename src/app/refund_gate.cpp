#include "app/refund_gate.hpp"

#include "port/noted_number.hpp"

#include <filesystem>

namespace keepline::app {

namespace {

std::int64_t length_of(const std::string& folder) {
    std::error_code failure;
    const auto size = std::filesystem::file_size(std::filesystem::path(folder) / "written.log", failure);
    return failure ? 0 : static_cast<std::int64_t>(size);
}

class refund_gate final : public port::connector {
 public:
    refund_gate(std::unique_ptr<port::connector> behind, port::notebook& notes)
        : behind_(std::move(behind)), notes_(notes) {}

    base::result<port::delivered> deliver(const port::outbound& what) override {
        TRY(held_until, port::noted_number(notes_, held_refunds_note));
        if (what.caused_at.ms <= held_until)
            return base::refuse(
                base::code::peer_refused,
                "The store was restored from a backup that was made after this refund was ordered, so it "
                "may have been paid since. Compare with the bank, then: keepline refunds release, and "
                "keepline effects retry.");
        return behind_->deliver(what);
    }
    std::string trouble() const override {
        const auto held_until = port::noted_number(notes_, held_refunds_note);
        if (!held_until) return "refunds wait, because the notebook cannot be read: " + held_until.error().words;
        if (*held_until != 0)
            return "refunds from before a restore wait: compare with the bank, then `keepline refunds release`";
        return behind_->trouble();
    }

 private:
    std::unique_ptr<port::connector> behind_;
    port::notebook& notes_;
};

}  // namespace

std::unique_ptr<port::connector> make_refund_gate(std::unique_ptr<port::connector> behind, port::notebook& notes) {
    return std::make_unique<refund_gate>(std::move(behind), notes);
}

base::result<void> check_refund_log(const std::string& folder, port::notebook& notes) {
    TRY(known, port::noted_number(notes, refund_log_note));
    if (length_of(folder) >= known) return {};
    return base::refuse(
        base::code::config_invalid,
        "The log of refunds, " + folder +
            "/written.log, is missing or shorter than this store knows it. "
            "Without it a refund could be paid twice: put back the file, or restore store and log together "
            "(`keepline restore`).");
}

base::result<void> note_refund_log(const std::string& folder, port::notebook& notes) {
    const auto is = length_of(folder);
    TRY(known, port::noted_number(notes, refund_log_note));
    if (is == known) return {};
    return notes.write({{std::string(refund_log_note), is == 0 ? "" : std::to_string(is)}});
}

}  // namespace keepline::app
