using System.Net;
using System.Net.Sockets;
using NetWhy.Linux;
using NetWhy.Names;

namespace NetWhy.Tools.Dig;

/// <summary>Finds the servers to ask.</summary>
internal static class DigServers
{
    private const int MostAddresses = 20;

    /// <summary>The servers that a word names.</summary>
    /// <param name="word">An address, with an interface behind <c>%</c> perhaps, or a name.</param>
    /// <param name="settings">Which families there are.</param>
    /// <param name="failure">Why there are none, in dig's words; null if there are.</param>
    internal static IReadOnlyList<DigServer> Of(string word, DigSettings settings, out string? failure)
    {
        failure = null;
        if (DigNumbers.Address(word, AddressFamily.InterNetwork) is { } four)
            return [new DigServer(settings.HasIPv4 ? four : four.MapToIPv6(), word)];
        int percent = word.IndexOf('%', StringComparison.Ordinal);
        if (DigNumbers.Address(percent < 0 ? word : word[..percent], AddressFamily.InterNetworkV6) is not null && NameServer.TryParse(word, out NameServer? server))
        {
            failure = !settings.HasIPv6 ? "address family not supported" : null;
            return failure is null ? [new DigServer(ServerAddress.Of(server), word)] : [];
        }

        const int IPv4 = 2, IPv6 = 10; // AF_INET, AF_INET6
        ResolvedName found = SystemNames.Resolve(word, !settings.HasIPv6 ? IPv4 : !settings.HasIPv4 ? IPv6 : 0);
        failure = found.Addresses.Count > 0 ? null
            : found.Failure == SystemNames.NotKnown || found.Failure == SystemNames.NoData || found.Failure is null ? "not found"
            : "failure";
        return [.. found.Addresses.Take(MostAddresses).Select(address => new DigServer(address, word))];
    }

    /// <summary>Takes over what resolv.conf says, as BIND reads it: neither the environment nor the machine's name changes it.</summary>
    /// <param name="settings">Filled in.</param>
    /// <param name="text">What the file holds.</param>
    internal static void Configure(DigSettings settings, string text)
    {
        const int MostDomains = 8;
        ResolverSettings resolver = ResolverSettings.Parse(text);
        settings.Dots = resolver.Options.DotsForAbsolute;
        settings.Search = [.. resolver.Search.Take(MostDomains)];
        // The C library's defaults are not dig's: only what stands there counts.
        string[] options = [.. text.Split('\n').Where(line => line.StartsWith("options", StringComparison.Ordinal)).SelectMany(line => line.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries))];
        if (Array.Exists(options, option => option.StartsWith("timeout:", StringComparison.Ordinal)))
            settings.Timeout = (uint)resolver.Options.Timeout.TotalSeconds;
        if (Array.Exists(options, option => option.StartsWith("attempts:", StringComparison.Ordinal)) && resolver.Options.Attempts > 0)
            settings.Default.Tries = resolver.Options.Attempts;
        if (!resolver.IsDefaultServer)
        {
            foreach (NameServer server in resolver.Servers)
            {
                IPAddress address = server.Address.Equals(IPAddress.Any) ? IPAddress.Loopback : ServerAddress.Of(server);
                if (address.AddressFamily is AddressFamily.InterNetworkV6 ? settings.HasIPv6 : settings.HasIPv4)
                    settings.Servers.Add(new DigServer(address, address.ToString()));
            }
        }

        if (settings.Servers.Count > 0)
            return;
        if (settings.HasIPv6)
            settings.Servers.Add(new DigServer(IPAddress.IPv6Loopback, "::1"));
        if (settings.HasIPv4)
            settings.Servers.Add(new DigServer(IPAddress.Loopback, "127.0.0.1"));
    }
}
