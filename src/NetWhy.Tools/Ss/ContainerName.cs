namespace NetWhy.Tools.Ss;

/// <summary>What a cgroup's path tells of the container or pod that it belongs to.</summary>
/// <remarks>
/// Source: the paths that Docker, containerd, CRI-O, Podman, LXC and the kubelet make, with either cgroup driver.
/// </remarks>
/// <param name="Container">Number of the container, as its runtime shows it (12 digits), or its name; null if it is none.</param>
/// <param name="Pod">UID of the Kubernetes pod; null if it is none.</param>
internal readonly record struct ContainerName(string? Container, string? Pod)
{
    private const int ShownDigits = 12;

    /// <summary>Reads a path.</summary>
    /// <param name="path">Path of the cgroup.</param>
    public static ContainerName Of(string path)
    {
        string? container = null;
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
                container = last[..ShownDigits];
            else if (name.StartsWith("lxc.payload.", StringComparison.Ordinal))
                container = name["lxc.payload.".Length..];
        }

        return new ContainerName(container, pod);
    }

    private static bool IsUid(string text) =>
        text.Length is 36 or 32 && text.All(character => char.IsAsciiHexDigitLower(character) || character == '-');
}
