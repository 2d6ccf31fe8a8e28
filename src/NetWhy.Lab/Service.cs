using System.Collections.Immutable;
using System.Net;

namespace NetWhy.Lab;

/// <summary>A server of a host.</summary>
public abstract record Service;

/// <summary>nginx, on ports 80 and 443 unless told otherwise.</summary>
/// <param name="Certificate">Which certificate of the lab it shows on port 443; see <see cref="CertificateMaker"/>.</param>
/// <param name="Tls">More directives for the server on port 443.</param>
/// <param name="Location">Directives of <c>location /</c> in place of the usual short answer; null for that.</param>
/// <param name="Config">All server blocks, in place of the two usual ones; null for those.</param>
public sealed record NginxService(string Certificate, string Tls, string? Location, string? Config) : Service;

/// <summary>unbound, answering from local data.</summary>
/// <param name="Records">Zone file lines beside the usual ones of <c>lab.test</c>.</param>
/// <param name="Without">Owner names whose usual records are left out.</param>
/// <param name="Config">More lines of the <c>server:</c> clause, and further clauses.</param>
public sealed record UnboundService(string[] Records, string[] Without, string Config) : Service;

/// <summary>NSD, an authority.</summary>
/// <param name="Address">The address that it serves on, port 53.</param>
/// <param name="Zones">The zones: name, with or without its final dot, to lines of a zone file, whose names are relative to it.</param>
public sealed record NsdService(IPAddress Address, ImmutableSortedDictionary<string, string> Zones) : Service;

/// <summary>haproxy.</summary>
/// <param name="Config">Its configuration.</param>
public sealed record HaproxyService(string Config) : Service;

/// <summary>Any program that stays in the foreground.</summary>
/// <param name="Command">A shell line.</param>
/// <param name="Port">The TCP port that shows that it is ready; 0 to not wait.</param>
public sealed record CommandService(string Command, int Port) : Service;

/// <summary>A misbehaving server of our own: <c>netwhy lab serve MODE …</c>.</summary>
/// <param name="Arguments">The mode and its options, as on the command line.</param>
public sealed record FaultyService(string Arguments) : Service;
