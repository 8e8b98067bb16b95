//! Probe sets for common stacks: the section `baseline` of a `readiness.yaml`, with comments that teach.
//!
//! Names of metrics are those of the projects' own documentation or sources, as an exposition in the text format shows them.

/// Names of the presets, and what each is for.
pub const PRESETS: [(&str, &str); 4] = [
    ("llm", "a server of language models: Ollama, vLLM, llama.cpp, OpenAI-compatible ones"),
    ("rag", "retrieval: an embedding model, Qdrant, a cache"),
    ("web", "a web service: HTTP, PostgreSQL, Redis, the machine"),
    ("queue", "workers and queues: Redis, RabbitMQ, process memory"),
];

/// The YAML of a preset; none for an unknown name.
#[must_use]
pub fn preset(name: &str) -> Option<&'static str> {
    Some(match name {
        "llm" => include_str!("llm.yaml"),
        "rag" => include_str!("rag.yaml"),
        "web" => include_str!("web.yaml"),
        "queue" => include_str!("queue.yaml"),
        _ => return None,
    })
}

#[cfg(test)]
mod tests;
