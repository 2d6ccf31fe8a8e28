using System.Text.Json;
using NetWhy.Linux;

namespace NetWhy.Tools.Ss;

/// <summary>What a cgroup's path tells of the container or pod that it belongs to.</summary>
/// <remarks>
/// Source: the paths that Docker, containerd, CRI-O, Podman, LXC and the kubelet make, with either cgroup driver.
/// </remarks>
/// <param name="Container">Number of the container, as its runtime shows it (12 digits), or its name; null if it is none.</param>
/// <param name="Pod">UID of the Kubernetes pod; null if it is none.</param>
internal readonly record struct ContainerName(string? Container, string? Pod)
{
    /// <summary>Whole number of the container; null if the path has none.</summary>
    public string? Id { get; private init; }

    /// <summary>Whether the path belongs to no container and no pod.</summary>
    public bool IsNone => Container is null && Pod is null;

    private const int ShownDigits = 12;

    /// <summary>Reads a path.</summary>
    /// <param name="path">Path of the cgroup.</param>
    public static ContainerName Of(string path)
    {
        string? container = null;
        string? id = null;
        string? pod = null;
        foreach (string part in path.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            string name = part.EndsWith(".scope", StringComparison.Ordinal) ? part[..^".scope".Length]
                : part.EndsWith(".slice", StringComparison.Ordinal) ? part[..^".slice".Length]
                : part;
            int podAt = name.LastIndexOf("pod", StringComparison.Ordinal);
            if (podAt >= 0 && name.Contains("kubepods", StringComparison.Ordinal) || name.StartsWith("pod", StringComparison.Ordinal))
                pod = podAt + 3 < name.Length && IsUid(name[(podAt + 3)..].Replace('_', '-')) ? name[(podAt + 3)..].Replace('_', '-') : pod;
            string last = name[(name.LastIndexOf('-') + 1)..];
            if (last.Length == 64 && last.All(char.IsAsciiHexDigitLower))
                (id, container) = (last, last[..ShownDigits]);
            else if (name.StartsWith("lxc.payload.", StringComparison.Ordinal))
                container = name["lxc.payload.".Length..];
        }

        return new ContainerName(container, pod) { Id = id };
    }

    /// <summary>In words, such as <c>container web (0123456789ab), pod shop/web-7d4f</c>; empty if it is none.</summary>
    /// <param name="names">What runtimes call their containers.</param>
    public string Describe(ContainerNames names)
    {
        ContainerIdentity? identity = Id is null ? null : names.Find(Id);
        string container = identity?.Name is { } given ? $"container {given} ({Container})" : Container is null ? "" : $"container {Container}";
        string pod = identity?.Pod is { } name ? $"pod {(identity.PodNamespace is { } space ? $"{space}/" : "")}{name}" : Pod is null ? "" : $"pod {Pod}";
        return container.Length > 0 && pod.Length > 0 ? $"{container}, {pod}" : container + pod;
    }

    /// <summary>Writes what is known of it as members of a JSON object.</summary>
    /// <param name="json">Where to write.</param>
    /// <param name="names">What runtimes call their containers.</param>
    public void WriteTo(Utf8JsonWriter json, ContainerNames names)
    {
        ContainerIdentity? identity = Id is null ? null : names.Find(Id);
        Write("container", Container);
        Write("podUid", Pod);
        Write("containerName", identity?.Name);
        Write("podName", identity?.Pod);
        Write("podNamespace", identity?.PodNamespace);

        void Write(string member, string? value)
        {
            if (value is not null)
                json.WriteString(member, value);
        }
    }

    private static bool IsUid(string text) =>
        text.Length is 36 or 32 && text.All(character => char.IsAsciiHexDigitLower(character) || character == '-');
}
