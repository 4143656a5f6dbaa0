#include "sip/user_agent.hpp"

#include "sip/agent_core.hpp"

namespace keepline::sip {

user_agent::user_agent(std::shared_ptr<agent_core> core) : core_(std::move(core)) {}

user_agent::~user_agent() { core_->stop(); }

base::result<std::unique_ptr<user_agent>> user_agent::start(user_agent_settings how, port::call_ears ears,
                                                            port::random& random, port::log& log) {
    auto core = std::make_shared<agent_core>(std::move(how), std::move(ears), random, log);
    CHECK(core->start());
    return std::unique_ptr<user_agent>(new user_agent(std::move(core)));
}

void user_agent::call(const std::string& number, std::chrono::seconds rings, port::call_ears with) {
    core_->make_call(number, rings, std::move(with));
}

std::vector<trunk_state> user_agent::trunks() const { return core_->trunks(); }

user_agent_counts user_agent::counts() const { return core_->counts(); }

void user_agent::stop() { core_->stop(); }

}  // namespace keepline::sip
