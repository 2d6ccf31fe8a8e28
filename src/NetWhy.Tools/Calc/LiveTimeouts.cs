using System.Net;
using NetWhy.Tools.Ss;
using NetWhy.Wire.Netlink;

namespace NetWhy.Tools.Calc;

/// <summary>Retransmission timeouts of live connections: what their round trips come to, and what the kernel uses.</summary>
internal sealed class LiveTimeouts : ISocketVisitor
{
    private const int MostSockets = 1000;
    private const double Microsecond = 1e-6;

    private readonly List<CalcTool.Line> _lines = [];
    private int _left;

    /// <summary>Looks at the connections that a filter selects.</summary>
    /// <param name="filter">Words of the filter language of ss.</param>
    /// <exception cref="ToolException">The filter makes no sense, or selects nothing.</exception>
    public List<CalcTool.Line> Of(IEnumerable<string> filter)
    {
        var selection = new SocketSelection { WantedStates = SocketSelection.StatesOf("established") };
        selection.Add(SocketTables.Tcp);
        selection.Complete();
        SocketFilter? condition = SocketFilterParser.Parse(filter, selection, new NameTables { IsNumeric = true });
        new SocketWalk(selection, condition, InetDiagExtensions.Info).Run(this, CancellationToken.None);
        if (_left > 0)
            _lines.Add(new("not shown", "a filter selects fewer", _left, "", $"{_left} more connections"));
        return _lines.Count > 0 ? _lines
            : throw new ToolException(ToolException.CouldNotWork, "no established TCP connection here fulfils that filter");
    }

    /// <inheritdoc/>
    public void Inet(in InetDiagMessage socket, in NetlinkAttributeTable attributes, SocketTables table)
    {
        if (!attributes.Has(InetDiagAttribute.Info))
            return;
        if (_lines.Count >= MostSockets)
        {
            _left++;
            return;
        }

        var info = new TcpInfoView(attributes[InetDiagAttribute.Info]);
        double smoothed = info.Rtt * Microsecond;
        double variation = info.RttVariation * Microsecond;
        double timeout = Formulas.LinuxTimeout((smoothed, variation));
        _lines.Add(new(
            $"{Endpoint(socket.LocalAddress, socket.Socket.LocalPort)} → {Endpoint(socket.RemoteAddress, socket.Socket.RemotePort)}",
            $"SRTT {Quantity.OfTime(smoothed)} + max(200 ms, 4 × RTTVAR {Quantity.OfTime(variation)})",
            timeout,
            "s",
            $"{Quantity.OfTime(timeout)}; the kernel uses {Quantity.OfTime(info.Rto * Microsecond)}"));
    }

    private static string Endpoint(IPAddress address, int port) => new IPEndPoint(address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address, port).ToString();
}
