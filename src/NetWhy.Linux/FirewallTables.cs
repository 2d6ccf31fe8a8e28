using System.Buffers;
using System.Runtime.InteropServices;
using NetWhy.Wire.Netlink;

namespace NetWhy.Linux;

/// <summary>Whether this network namespace has firewall tables at all: a millisecond, where reading them takes ten.</summary>
public static class FirewallTables
{
    /// <summary>Counts the nftables tables, those of iptables-nft included.</summary>
    /// <exception cref="LinuxException">The kernel refused: it has no nftables, or CAP_NET_ADMIN is missing.</exception>
    public static int CountNftables()
    {
        using var netlink = NetlinkSocket.Open(NetlinkProtocol.Netfilter);
        netlink.Send(NetfilterRequest.DumpTables(sequence: 1));
        byte[] buffer = new byte[32 * 1024];
        int tables = 0;
        while (true)
        {
            var reader = new NetlinkReader(netlink.Receive(buffer));
            OperationStatus status;
            while ((status = reader.Read()) is OperationStatus.Done)
            {
                switch (reader.Header.Type)
                {
                    case NetfilterRequest.NewTable:
                        tables++;
                        break;
                    case NetlinkMessageType.Error when MemoryMarshal.TryRead(reader.Payload, out int errno) && errno != 0:
                        throw new LinuxException("nftables", -errno);
                    case NetlinkMessageType.Done:
                        return tables;
                }
            }

            if (status is OperationStatus.InvalidData)
                throw new LinuxException("nftables", (int)Errno.EBADMSG);
        }
    }

    /// <summary>Names the tables of iptables-legacy, such as <c>filter</c>; empty if there are none.</summary>
    /// <param name="isIPv6">Those of ip6tables instead.</param>
    /// <remarks>Source: /proc/net/ip_tables_names, readable with CAP_NET_ADMIN; absent without the module.</remarks>
    public static string[] ReadLegacy(bool isIPv6)
    {
        try
        {
            return File.ReadAllText(isIPv6 ? "/proc/net/ip6_tables_names" : "/proc/net/ip_tables_names")
                .Split('\n', StringSplitOptions.RemoveEmptyEntries);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            return []; // the module is not loaded: there can be no such table
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new LinuxException("open /proc/net/ip_tables_names", (int)Errno.EACCES);
        }
    }
}
