#!/usr/bin/perl
# What a machine is in the examples: a network namespace, which other containers share by `network_mode: service:NAME`.
# It stays when they stop, with the addresses and routes that Docker would not give it.
#
#   machine
#   machine address 10.128.0.1
#   machine route 10.83.0.0 255.255.255.0 10.84.0.2
#
# Asks for root with CAP_NET_ADMIN, unless it is told nothing. perl, because the base image has no `ip`, and perl is a
# part of every Debian.
use strict;
use warnings;
use Socket qw(inet_aton pack_sockaddr_in PF_INET SOCK_DGRAM);

# Of linux/sockios.h and linux/route.h.
my ($SIOCADDRT, $SIOCSIFADDR, $SIOCSIFNETMASK) = (0x890b, 0x8916, 0x891c);
my $UP_BY_GATEWAY = 1 | 2;

socket(my $socket, PF_INET, SOCK_DGRAM, 0) or die "machine: no socket: $!\n";

sub address { pack_sockaddr_in(0, inet_aton($_[0]) // die "machine: $_[0] is no address\n") }
sub request { my ($what, $how) = @_; ioctl($socket, $what, $how) or die "machine: @ARGV: $!\n" }

my ($kind, @more) = @ARGV;
if (!defined $kind) {
  # Only a namespace.
} elsif ($kind eq 'address' && @more == 1) {
  # On the loopback interface, where no network has a say in it. The mask after it: that of 10.x would be /8.
  request($SIOCSIFADDR, pack('a16 a16 x8', 'lo:1', address($more[0])));
  request($SIOCSIFNETMASK, pack('a16 a16 x8', 'lo:1', address('255.255.255.255')));
} elsif ($kind eq 'route' && @more == 3) {
  # A struct rtentry of a machine with 64 bits.
  my ($network, $mask, $gateway) = map { address($_) } @more;
  request($SIOCADDRT, pack('x8 a16 a16 a16 S x62', $network, $gateway, $mask, $UP_BY_GATEWAY));
} else {
  die "usage: machine [address ADDRESS | route NETWORK MASK GATEWAY]\n";
}

# For the health check.
open(my $ready, '>', '/run/machine') or die "machine: /run/machine: $!\n";
$SIG{TERM} = $SIG{INT} = sub { exit 0 };
sleep while 1;
