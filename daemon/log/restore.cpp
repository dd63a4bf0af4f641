#include "daemon/log/restore.hpp"

#include "daemon/store/backup.hpp"

namespace riskd::log {
namespace {

Status hold_effects(store::Store& store) {
  const auto effects = store.effects();
  if (!effects) return failure(effects);
  auto transaction = store.begin();
  if (!transaction) return failure(transaction);
  Status done = (*transaction)->put_meta(store::restored_meta, "yes");
  for (store::EffectRecord effect : *effects) {
    effect.held = true;
    if (done) done = (*transaction)->put_effect(effect);
  }
  return done ? (*transaction)->commit() : done;
}

}  // namespace

Result<Verified> restore(const std::string& backup, const std::string& to,
                         const std::optional<store::LogHead>& known, const Progress& progress) {
  Verified verified;
  {
    const auto store = store::open_store_to_read(backup);
    if (!store) return failure(store);
    verified = verify(**store, known, progress);
  }
  if (verified.fault) return verified;
  // The copy gets its name when its effects are held: one that is broken off cannot be started.
  if (Status free = store::check_free(to); !free) return failure(free);
  const std::string part = to.substr(0, to.find_last_not_of('/') + 1) + ".part";
  if (Status copied = store::copy_store(backup, part); !copied) return failure(copied);
  {
    const auto store = store::open_store(part);
    if (!store) return failure(store);
    if (Status held = hold_effects(**store); !held) return failure(held);
  }
  if (Status named = store::name_folder(part, to); !named) return failure(named);
  return verified;
}

}  // namespace riskd::log
