using NetWhy.Evidence;
using NetWhy.Linux;

namespace NetWhy.Collect.Probes;

/// <summary>Lists the addresses of this machine.</summary>
public sealed class InterfaceAddressesProbe : IProbe
{
    /// <summary>Id of this probe.</summary>
    public const string Id = "address.list";

    /// <inheritdoc/>
    public ProbeInfo Info { get; } = new(
        Id,
        Question: "Which addresses does this machine have?",
        Source: "rtnetlink(7), RTM_GETADDR",
        Question.Host);

    /// <inheritdoc/>
    public bool Applies(Target target) => true;

    /// <inheritdoc/>
    public Task RunAsync(ProbeContext context, CancellationToken cancellationToken)
    {
        using RouteNetlink netlink = RouteNetlink.Open();
        IReadOnlyDictionary<int, string> names = netlink.LinkNames();
        context.Report(new InterfaceAddresses(
        [
            .. netlink.Addresses().Select(address => new InterfaceAddress(
                names.GetValueOrDefault(address.Header.Index, "?"), address.Address, address.Header.PrefixLength)
            {
                Scope = address.Header.Scope switch { 253 => "link", 254 => "host", _ => "global" },
                Flags = address.NamedFlags,
            }),
        ]));
        return Task.CompletedTask;
    }
}
