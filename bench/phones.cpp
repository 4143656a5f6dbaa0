#include "phones.hpp"

#include "phone/activation_code.hpp"
#include "phone/es10_link.hpp"
#include "phone/es9_client.hpp"
#include "phone/mint.hpp"

#include <stdexcept>

namespace keepline::bench {

phones::phones(boost::asio::io_context& answers_on, const std::string& pki, const std::string& url, std::size_t count,
               std::size_t threads)
    : answers_on_(answers_on) {
    const auto must = [](auto got) {
        if (!got) throw std::runtime_error(got.error().words);
        return std::move(*got);
    };
    const auto directory = must(phone::pki_directory::scan(pki));
    https_.server_url = url;
    for (const auto& who : must(phone::mint_cards(directory, phone::curve::p256, count, phone::system_now())))
        devices_.push_back(std::make_unique<device>(who));
    for (std::size_t i = 0; i < threads; ++i) threads_.emplace_back([this] { work(); });
}

phones::~phones() {
    {
        const std::scoped_lock held(guard_);
        ending_ = true;
    }
    changed_.notify_all();
}

void phones::work() {
    phone::https_client network(https_);
    phone::es9_client server(network);
    for (;;) {
        std::unique_lock held(guard_);
        changed_.wait(held, [this] { return ending_ || !jobs_.empty(); });
        if (jobs_.empty()) return;
        const auto next = std::move(jobs_.front());
        jobs_.pop_front();
        held.unlock();
        next(server);
    }
}

void phones::put(std::size_t which, answer then, std::function<base::result<std::string>(phone::lpa&)> what) {
    {
        const std::scoped_lock held(guard_);
        jobs_.push_back(
            [this, which, then = std::move(then), what = std::move(what)](phone::es9_client& server) mutable {
                auto& owner = *devices_[which];
                phone::direct_link link(owner.card);
                phone::lpa assistant(link, server, owner.memory);
                boost::asio::post(answers_on_, [then = std::move(then), got = what(assistant)] { then(got); });
            });
    }
    changed_.notify_one();
}

void phones::download(std::size_t which, std::string activation_code, answer then) {
    put(which, std::move(then),
        [code = std::move(activation_code)](phone::lpa& assistant) -> base::result<std::string> {
            phone::download_request asked;
            TRY(parsed, phone::parse_activation_code(code));
            asked.code = std::move(parsed);
            TRY(done, assistant.download(asked));
            if (!done.installed) return base::refuse(base::code::peer_garbled, "not installed: " + done.words);
            CHECK(assistant.enable(done.iccid));
            CHECK(assistant.send_notifications());
            return done.iccid;
        });
}

void phones::remove(std::size_t which, std::string iccid, answer then) {
    put(which, std::move(then), [iccid = std::move(iccid)](phone::lpa& assistant) -> base::result<std::string> {
        CHECK(assistant.disable(iccid));
        CHECK(assistant.remove(iccid));
        CHECK(assistant.send_notifications());
        return iccid;
    });
}

}  // namespace keepline::bench
