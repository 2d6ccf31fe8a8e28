namespace NetWhy.Diagnose.Sockets;

/// <summary>How bad it is that datagrams find no room.</summary>
internal static class DatagramLoss
{
    private const double Much = 50; // a second
    private const double Some = 5; // a second: fewer are lost in any short burst
    private const double MuchOfAll = 0.1;

    /// <summary>Grades a loss by its rate and its share.</summary>
    /// <param name="perSecond">Datagrams lost, a second.</param>
    /// <param name="share">Their share of all that came, 0 to 1; null if it is not known.</param>
    internal static Severity Grade(double perSecond, double? share) =>
        perSecond >= Much && share is not < MuchOfAll ? Severity.Critical
        : perSecond >= Some ? Severity.Warning
        : Severity.Info;
}
