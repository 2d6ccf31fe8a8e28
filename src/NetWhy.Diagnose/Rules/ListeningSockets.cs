using System.Globalization;
using System.Net;
using System.Net.Sockets;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Rules;

/// <summary>What the rules about local listeners share.</summary>
internal static class ListeningSockets
{
    /// <summary>Whether a listener takes connections to an address.</summary>
    /// <param name="listener">The listener.</param>
    /// <param name="address">The address connected to.</param>
    /// <remarks>Source: ip(7), ipv6(7), IPV6_V6ONLY.</remarks>
    internal static bool Covers(Listener listener, IPAddress address)
    {
        if (listener.Device is { } device && IPAddress.IsLoopback(address) != device is "lo")
            return false;
        if (listener.Address.Equals(IPAddress.IPv6Any))
            return address.AddressFamily is AddressFamily.InterNetworkV6 || !listener.IsIPv6Only;
        return listener.Address.Equals(IPAddress.Any)
            ? address.AddressFamily is AddressFamily.InterNetwork
            : listener.Address.Equals(address);
    }

    /// <summary>The process of a listener in words.</summary>
    /// <param name="listener">The listener.</param>
    /// <param name="isStart">Whether it starts a sentence.</param>
    internal static string Owner(Listener listener, bool isStart = false) => listener.Pid is { } pid
        ? string.Create(CultureInfo.InvariantCulture, $"{(isStart ? "Process " : "")}{listener.Process} (pid {pid})")
        : isStart ? "The service" : "the service";

    /// <summary>Address and port of a listener in words.</summary>
    /// <param name="listener">The listener.</param>
    internal static string Place(Listener listener)
    {
        string place = Paths.TargetView.InWords(listener.Address, listener.Port);
        string device = listener.Device is null ? "" : $" on {listener.Device}";
        return place + device + (listener.Address.Equals(IPAddress.IPv6Any) && listener.IsIPv6Only ? " (IPv6 only)" : "");
    }
}
