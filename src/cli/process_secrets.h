#pragma once

namespace drydock::cli {

// What a process does that holds the master key. Once the settings are read, their secrets are held by them alone.

// What is open in our memory is in no file that a crash leaves, and nobody else of our user reads it.
void keep_memory_to_ourselves();

// No program that is started, and nobody who reads the process's environment, shall find secrets there.
void forget_secret_variables();

}  // namespace drydock::cli
