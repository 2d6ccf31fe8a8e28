using System.Globalization;
using NetWhy.Linux;
using NetWhy.Tools.Ss;

namespace NetWhy.Tools.Tcpdump;

/// <summary>Finds a process of a container or pod of this machine, whose network namespace is the container's.</summary>
/// <remarks>
/// No cluster and no runtime is asked. Sources: the paths of control groups, the files that runtimes keep
/// (<see cref="ContainerNames"/>), and /etc/hostname inside, which the kubelet makes the pod's name.
/// </remarks>
internal static class ContainerProcess
{
    private const int LongestFile = 1 << 16;

    /// <summary>Finds the network namespace of a pod.</summary>
    /// <param name="wanted">Its name, namespace and name with a stroke between them, or its UID.</param>
    /// <exception cref="ToolException">None of its processes is here.</exception>
    internal static string OfPod(string wanted) => Find(
        (container, identity) => container.Pod == wanted || (identity?.Pod is { } pod && (pod == wanted || $"{identity.PodNamespace}/{pod}" == wanted)),
        pid => !wanted.Contains('/', StringComparison.Ordinal) && IsOther(pid, "uts") && Read(pid, "root/etc/hostname") is { } name && name.TrimEnd() == wanted,
        $"pod '{wanted}': a pod is found by its name or UID if its containers run here, and if this user may look at them");

    /// <summary>Finds the network namespace of a container.</summary>
    /// <param name="wanted">Its name, or the beginning of its number.</param>
    /// <exception cref="ToolException">None of its processes is here.</exception>
    internal static string OfContainer(string wanted) => Find(
        (container, identity) => container.Container == wanted || identity?.Name == wanted || (wanted.Length >= 4 && container.Id?.StartsWith(wanted, StringComparison.Ordinal) is true),
        _ => false,
        $"container '{wanted}': a container is found by its number, by the name in its runtime's files, if it runs here, and if this user may look at it");

    /// <summary>The container or pod that a process is in; null if it is in none, or is over.</summary>
    /// <param name="pid">The process.</param>
    internal static ContainerName? NameOf(int pid)
    {
        // Source: cgroups(7), /proc/PID/cgroup: number, controllers and path.
        foreach (string line in Read(pid, "cgroup")?.Split('\n') ?? [])
        {
            if (line.Split(':', 3) is [_, _, { Length: > 1 } path] && ContainerName.Of(path) is { IsNone: false } container)
                return container;
        }

        return null;
    }

    private static string Find(Func<ContainerName, ContainerIdentity?, bool> isWanted, Func<int, bool> isSo, string absence)
    {
        var names = new ContainerNames();
        int? likely = null;
        foreach (int pid in ProcessTable.Pids())
        {
            if (NameOf(pid) is { } container && isWanted(container, container.Id is { } id ? names.Find(id) : null))
                return NamespaceOf(pid);
            likely ??= isSo(pid) ? pid : null;
        }

        return likely is { } found ? NamespaceOf(found) : throw new ToolException(ToolException.CouldNotWork, $"no process of {absence}; --pid takes any process");
    }

    private static string NamespaceOf(int pid) => string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/ns/net");

    private static bool IsOther(int pid, string kind)
    {
        string own = $"/proc/self/ns/{kind}", other = string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/ns/{kind}");
        return RegularFile.Number(other) is { } number && number != RegularFile.Number(own);
    }

    private static string? Read(int pid, string file)
    {
        try
        {
            string path = string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/{file}");
            return RegularFile.IsAt(path) && RegularFile.TryRead(path, LongestFile, out byte[] octets) ? System.Text.Encoding.UTF8.GetString(octets) : null;
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
