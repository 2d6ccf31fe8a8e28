using NetWhy.Evidence;

namespace NetWhy.Diagnose.Audit.Checks;

/// <summary>Programs that missed what the kernel told of interfaces, routes or connections.</summary>
public sealed class MissedMessages : IHostCheck
{
    /// <inheritdoc/>
    public HostCheckInfo Info { get; } = new("socket.netlink", Source: "netlink(7), ENOBUFS");

    /// <inheritdoc/>
    public IEnumerable<Signal> Evaluate(EvidenceSet evidence)
    {
        if (evidence.Last<NetlinkListeners>() is not { } listeners)
            yield break;
        NetlinkListener[] now = [.. listeners.Losing.Where(listener => listener.Growth > 0)];
        foreach (NetlinkListener listener in now.Take(8))
        {
            string who = listener.Pid is { } pid ? $"{listener.Process} (pid {pid})" : "a program of another user or namespace";
            yield return new Signal(Info.Id, Standing.Warning, $"messages of the kernel to {who}", $"{listener.Growth} missed in {Words.Of(listeners.Lasted)}, {listener.Drops} in all", "")
            {
                Meaning = $"It listens to the kernel ({listener.Protocol}) and reads too slowly: what it believes of interfaces, routes or connections is old until it asks again.",
                Remedies = [new Remedy("Let it have a larger receive buffer, by its own configuration, and see what keeps it from reading.", listener.Pid is { } process ? ShellCommand.Of($"cat /proc/{process}/status /proc/{process}/wchan").ToString() : null)],
                Evidence = [listeners],
            };
        }

        if (now.Length == 0)
        {
            long old = listeners.Losing.Sum(listener => listener.Drops);
            string by = listeners.Losing is [{ Process: { } name }, ..] ? $", most by {name}" : "";
            yield return new Signal(Info.Id, Standing.Fine, $"messages of the kernel to {Words.Count(listeners.Sockets, "program")}", $"none missed in {Words.Of(listeners.Lasted)}{(old > 0 ? $", {old} before{by}" : "")}", "") { Evidence = [listeners] };
        }
    }
}
