using System.Globalization;
using NetWhy.Tests.App;
using NetWhy.Tests.Collect;
using Xunit;

namespace NetWhy.Tests.Tools.Mtu;

/// <summary>
/// Namespaces in a row: a client, routers, and a target. Link <c>i</c>, counted from 1, is 10.99.i.0/24 and fd99:i::/64, with
/// .1 at the side of the client and .2 at the other.
/// </summary>
internal sealed class RouterChain : IDisposable
{
    private static int _number;

    private readonly string _prefix = string.Create(
        CultureInfo.InvariantCulture, $"mtu-{Environment.ProcessId}-{Interlocked.Increment(ref _number)}-");

    private readonly int _links;

    /// <summary>Makes them.</summary>
    /// <param name="mtus">MTU of each link, in octets, from the client on.</param>
    public RouterChain(params int[] mtus)
    {
        if (Environment.UserName != "root")
            Assert.Skip("network namespaces need root");
        _links = mtus.Length;
        var script = new System.Text.StringBuilder();
        for (int i = 0; i <= _links; i++)
        {
            script.Append(CultureInfo.InvariantCulture, $"""
                ip netns add {At(i)}; ip -n {At(i)} link set lo up
                ip netns exec {At(i)} sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1 net.ipv6.conf.default.accept_dad=0

                """);
        }

        for (int i = 1; i <= _links; i++)
        {
            script.Append(CultureInfo.InvariantCulture, $"""
                ip link add r{i} netns {At(i - 1)} type veth peer name l{i} netns {At(i)}
                ip -n {At(i - 1)} link set r{i} mtu {mtus[i - 1]} up; ip -n {At(i)} link set l{i} mtu {mtus[i - 1]} up
                ip -n {At(i - 1)} addr add 10.99.{i}.1/24 dev r{i}; ip -n {At(i)} addr add 10.99.{i}.2/24 dev l{i}
                ip -n {At(i - 1)} addr add fd99:{i}::1/64 dev r{i} nodad; ip -n {At(i)} addr add fd99:{i}::2/64 dev l{i} nodad

                """);
        }

        for (int i = 0; i <= _links; i++)
        {
            for (int link = 1; link <= _links; link++)
            {
                if (link > i + 1)
                    script.Append(CultureInfo.InvariantCulture, $"ip -n {At(i)} route add 10.99.{link}.0/24 via 10.99.{i + 1}.2; ip -n {At(i)} route add fd99:{link}::/64 via fd99:{i + 1}::2\n");
                else if (link < i)
                    script.Append(CultureInfo.InvariantCulture, $"ip -n {At(i)} route add 10.99.{link}.0/24 via 10.99.{i}.1; ip -n {At(i)} route add fd99:{link}::/64 via fd99:{i}::1\n");
            }
        }

        AuditedNamespace.Shell(null, script.ToString());
    }

    /// <summary>The client's namespace.</summary>
    public string Client => At(0);

    /// <summary>The target's addresses.</summary>
    public string Target => string.Create(CultureInfo.InvariantCulture, $"10.99.{_links}.2");

    /// <summary>The target's IPv6 address.</summary>
    public string Target6 => string.Create(CultureInfo.InvariantCulture, $"fd99:{_links}::2");

    /// <summary>Name of a namespace: 0 is the client, 1 the first router.</summary>
    public string At(int index) => string.Create(CultureInfo.InvariantCulture, $"{_prefix}{index}");

    /// <summary>Runs a script in a namespace.</summary>
    public void Shell(int index, string script) => AuditedNamespace.Shell(At(index), script);

    /// <summary>Has a router or the target drop packets.</summary>
    /// <param name="index">Which.</param>
    /// <param name="hook">Hook of netfilter, such as <c>output</c>.</param>
    /// <param name="rules">Rules of nft, a line each.</param>
    public void Filter(int index, string hook, string rules) => Shell(index, $$"""
        nft 'table inet f {
        chain c {
        type filter hook {{hook}} priority -150;
        {{rules}}
        }
        }'
        """);

    /// <inheritdoc/>
    public void Dispose()
    {
        for (int i = 0; i <= _links; i++)
            NetWhyProgram.Run("ip", ["netns", "del", At(i)], []);
    }
}
