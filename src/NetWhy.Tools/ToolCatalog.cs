using NetWhy.Tools.Bw;
using NetWhy.Tools.Calc;
using NetWhy.Tools.Curl;
using NetWhy.Tools.Dig;
using NetWhy.Tools.Http;
using NetWhy.Tools.Mtr;
using NetWhy.Tools.Mtu;
using NetWhy.Tools.Nc;
using NetWhy.Tools.OpenSsl;
using NetWhy.Tools.Ping;
using NetWhy.Tools.Ss;
using NetWhy.Tools.Tcpdump;
using NetWhy.Tools.Traceroute;
using NetWhy.Tools.Tshark;

namespace NetWhy.Tools;

/// <summary>The tools, by their names.</summary>
public static class ToolCatalog
{
    /// <summary>All of them, in the order of the help.</summary>
    public static IReadOnlyList<ITool> All { get; } =
    [
        new SsTool(),
        new TcpdumpTool(),
        new TsharkTool(),
        new PingTool(),
        new TracerouteTool(),
        new MtrTool(),
        new MtuTool(),
        new BwTool(),
        new NcTool(),
        new CurlTool(),
        new HttpTool(),
        new DigTool(),
        new OpenSslTool(),
        new CalcTool(),
    ];

    /// <summary>The tool of a name; null if there is none.</summary>
    /// <param name="name">The name.</param>
    public static ITool? Find(string name) => All.FirstOrDefault(tool => tool.Name == name);
}
